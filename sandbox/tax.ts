import { createHash } from 'node:crypto'
import { type Answer, failure, json } from './answer.ts'
import { type Call, type DepartmentFactory, others, usccPattern } from './department.ts'

const tolerance = 180

const header = (call: Call, name: string): string => {
  const value = call.headers[name]
  return typeof value === 'string' ? value : ''
}

/** Remembers each nonce for as long as its timestamp could still be accepted. */
const nonces = () => {
  const seen = new Map<string, number>()
  return (nonce: string, seconds: number): boolean => {
    // Map keeps insertion order, so the oldest come first.
    for (const [old, at] of seen) {
      if (seconds - at <= 2 * tolerance) break
      seen.delete(old)
    }
    if (seen.has(nonce)) return false
    seen.set(nonce, seconds)
    return true
  }
}

/** Counts the calls of each second of the department's clock; true while there is room. */
const rate = (perSecond: number) => {
  let second = 0
  let calls = 0
  return (now: number): boolean => {
    if (Math.floor(now / 1000) !== second) [second, calls] = [Math.floor(now / 1000), 0]
    return ++calls <= perSecond
  }
}

const tooMany = (seconds: number): Answer =>
  failure(429, 'RATE', '请求过于频繁', { 'retry-after': String(Math.max(1, Math.ceil(seconds))) })

/** Tax: one taxpayer a call, every call signed with a timestamp and a nonce, a rate that must be kept. */
const tax: DepartmentFactory<{ paasid: string; token: string }, { callsPerSecond: number }> = {
  credentials: { paasid: 'hutong', token: 'development-tax-token' },
  settings: { callsPerSecond: 10_000 },
  open: (world, { paasid, token }, { callsPerSecond }) => {
    const fresh = nonces()
    const room = rate(callsPerSecond)

    const admit = (call: Call): Answer | undefined => {
      if (!room(call.now)) return tooMany(1)
      const timestamp = header(call, 'x-tif-timestamp')
      const nonce = header(call, 'x-tif-nonce')
      const seconds = Math.floor(call.now / 1000)
      if (
        header(call, 'x-tif-paasid') !== paasid ||
        !/^\d{10}$/.test(timestamp) ||
        nonce.length < 8 ||
        nonce.length > 64
      )
        return failure(401, 'SIGNATURE', '签名信息缺失或错误')
      if (Math.abs(seconds - Number(timestamp)) > tolerance)
        return json({ code: 'TIMESTAMP_SKEW', message: '时间戳超出允许范围', serverTime: seconds }, 401)
      const expected = createHash('sha256')
        .update(timestamp + token + nonce + timestamp)
        .digest('hex')
      if (header(call, 'x-tif-signature') !== expected) return failure(401, 'SIGNATURE', '签名错误')
      return fresh(nonce, seconds) ? undefined : failure(401, 'NONCE_REUSED', '随机数已使用')
    }

    return {
      admit,
      specials: {
        throttled: { instead: (_now, remaining) => tooMany(remaining / 1000) },
        skewed: { skew: 60 * 60 * 1000 },
      },
      slice: (uscc) => world.tax.get(uscc),
      operations: [
        {
          id: 'getTaxpayer',
          method: 'GET',
          path: '/taxpayers/{uscc}',
          kind: 'data',
          asks: (call) => [call.path['uscc'] ?? ''].filter((code) => usccPattern.test(code)),
          another: (call) => ({
            ...call,
            path: { uscc: others(world.tax.keys(), [call.path['uscc'] ?? ''])[0] ?? '' },
          }),
          answer: (call) => {
            const record = world.tax.get(call.path['uscc'] ?? '')
            return record ? json(record) : failure(404, 'NOT_FOUND', '无此纳税人')
          },
        },
      ],
    }
  },
}

export default tax
