/** Memory over time as a picture. */
import { colours, line, text } from '../plot.ts'
import type { Point } from './run.ts'

const frame = { width: 640, height: 240, left: 60, top: 40 }
const size = { width: frame.left + frame.width + 40, height: frame.top + frame.height + 70 }
const series = [
  ['resident', 'resident', colours.quiet],
  ['heap', 'heap after a collection', colours.line],
] as const

/** A round number of MiB that is not less. */
const above = (value: number): number => Math.ceil(value / 100) * 100

/** @param machine what it was measured on */
export function memoryPlot(points: readonly Point[], machine: string): string {
  const most = above(Math.max(...points.map(({ resident }) => resident)) / 1024 / 1024)
  const last = Math.max(1, points.at(-1)?.minute ?? 1)
  const x = (minute: number): number => frame.left + (frame.width * minute) / last
  const y = (mebibytes: number): number => frame.top + frame.height * (1 - mebibytes / most)
  const right = frame.left + frame.width
  const drawn = series.map(([name, , colour]) => {
    const path = points.map((point) => `${x(point.minute).toFixed(1)},${y(point[name] / 1024 / 1024).toFixed(1)}`)
    return `<polyline points="${path.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif">`,
    '<title>What the hub holds under a steady load</title>',
    `<rect width="${size.width}" height="${size.height}" fill="#ffffff"/>`,
    text(frame.left, frame.top - 16, 'MiB', 'start', 14, colours.text),
    ...Array.from({ length: most / 100 + 1 }, (_, at) => at * 100).flatMap((value) => [
      line(frame.left, y(value), right, y(value), colours.grid),
      text(frame.left - 8, y(value) + 4, String(value), 'end'),
    ]),
    line(frame.left, frame.top, frame.left, frame.top + frame.height, colours.axis),
    line(frame.left, y(0), right, y(0), colours.axis),
    ...[0, 0.25, 0.5, 0.75, 1].map((part) =>
      text(x(part * last), y(0) + 18, String(Math.round(part * last * 10) / 10)),
    ),
    text(frame.left + frame.width / 2, y(0) + 38, 'minutes'),
    ...drawn,
    ...series.map(([, label, colour], at) => text(right - 200 * at, frame.top - 16, label, 'end', 12, colour)),
    text(right, size.height - 10, machine, 'end', 11),
    '</svg>',
    '',
  ].join('\n')
}
