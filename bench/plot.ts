/** Growth as a picture: an SVG of three panels, both axes logarithmic. */
import { slopeText } from './report.ts'
import type { Growth, Point } from './growth.ts'

const panel = { width: 320, height: 240, left: 60, top: 40, gap: 70 }
const size = { width: 3 * panel.width + panel.left + 2 * panel.gap + 40, height: panel.height + 130 }
export const colours = { axis: '#64748b', grid: '#e2e8f0', line: '#0f766e', text: '#0f172a', quiet: '#475569' }

/** Whole powers of ten that enclose the values, as exponents. */
function decades(values: readonly number[]): [number, number] {
  const low = Math.floor(Math.log10(Math.min(...values)) + 1e-9)
  const high = Math.ceil(Math.log10(Math.max(...values)) - 1e-9)
  return [low, Math.max(high, low + 1)]
}

const ticks = ([low, high]: readonly [number, number]): number[] =>
  Array.from({ length: high - low + 1 }, (_, at) => low + at)

const rounded = (value: number): number => Math.round(value * 10) / 10

export function text(
  x: number,
  y: number,
  said: string,
  anchor = 'middle',
  fontSize = 12,
  fill = colours.quiet,
): string {
  const escaped = said.replace(/&/g, '&amp;').replace(/</g, '&lt;')
  return `<text x="${rounded(x)}" y="${rounded(y)}" text-anchor="${anchor}" font-size="${fontSize}" fill="${fill}">${escaped}</text>`
}

export const line = (x1: number, y1: number, x2: number, y2: number, stroke: string, width = 1): string =>
  `<line x1="${rounded(x1)}" y1="${rounded(y1)}" x2="${rounded(x2)}" y2="${rounded(y2)}" stroke="${stroke}" stroke-width="${width}"/>`

function drawn(title: string, axis: string, points: readonly Point[], left: number): string[] {
  const [across, up] = [decades(points.map((point) => point.size)), decades(points.flatMap((p) => [p.least, p.most]))]
  const bottom = panel.top + panel.height
  const x = (value: number): number => left + (panel.width * (value - across[0])) / (across[1] - across[0])
  const y = (value: number): number => bottom - (panel.height * (value - up[0])) / (up[1] - up[0])
  const placed = points.map((point) => ({
    ...point,
    x: x(Math.log10(point.size)),
    y: y(Math.log10(point.cpu)),
    low: y(Math.log10(point.least)),
    high: y(Math.log10(point.most)),
  }))
  const path = placed.map((point) => `${rounded(point.x)},${rounded(point.y)}`).join(' ')
  return [
    text(left, panel.top - 16, title, 'start', 14, colours.text),
    ...ticks(up).flatMap((exponent) => [
      line(left, y(exponent), left + panel.width, y(exponent), colours.grid),
      text(left - 8, y(exponent) + 4, `${10 ** exponent}`, 'end'),
    ]),
    ...ticks(across).flatMap((exponent) => [
      line(x(exponent), panel.top, x(exponent), bottom, colours.grid),
      text(x(exponent), bottom + 18, `${10 ** exponent}`),
    ]),
    line(left, panel.top, left, bottom, colours.axis),
    line(left, bottom, left + panel.width, bottom, colours.axis),
    `<polyline points="${path}" fill="none" stroke="${colours.line}" stroke-width="2"/>`,
    ...placed.flatMap((point) => [
      line(point.x, point.low, point.x, point.high, colours.line, 1.5),
      `<circle cx="${rounded(point.x)}" cy="${rounded(point.y)}" r="4" fill="${colours.line}"/>`,
      text(point.x, point.y - 10, point.cpu.toFixed(2), 'middle', 12, colours.text),
    ]),
    text(left + panel.width / 2, bottom + 38, axis),
    text(left + panel.width / 2, bottom + 58, slopeText(points), 'middle', 12, colours.text),
  ]
}

/** @param machine what it was measured on */
export function growthPlot({ departments, enterprises, fields }: Growth, machine: string): string {
  const series = [
    ['departments, one section each', departments],
    ['enterprises, six sections each', enterprises],
    ['fields selected of one enterprise', fields],
  ] as const
  const title = 'ms of processor time an answer'
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif">`,
    `<title>Processor time of an answer as more is asked for</title>`,
    `<rect width="${size.width}" height="${size.height}" fill="#ffffff"/>`,
    ...series.flatMap(([axis, points], at) => drawn(title, axis, points, panel.left + at * (panel.width + panel.gap))),
    text(size.width - 16, size.height - 10, machine, 'end', 11),
    '</svg>',
    '',
  ].join('\n')
}
