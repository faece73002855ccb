const httpDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /

/** Reads Retry-After (RFC 9110 §10.2.3): seconds or an HTTP date; null where there is none that can be read. */
export function retryTime(value: string | string[] | undefined): Date | null {
  if (typeof value !== 'string') return null
  if (/^\d{1,6}$/.test(value)) return new Date(Date.now() + Number(value) * 1000)
  // The oldest of the three forms (asctime) leaves GMT out.
  const time = httpDate.test(value) ? Date.parse(value.endsWith('GMT') ? value : `${value} GMT`) : NaN
  return Number.isNaN(time) ? null : new Date(time)
}
