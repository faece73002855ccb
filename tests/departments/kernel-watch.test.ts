import { expect, test, vi } from 'vitest'
import { OutOfTime } from '../../adapters/kernel/time-limit.ts'
import { watchOf } from '../../adapters/kernel/watch.ts'
import type { CallScope } from '../../adapters/kernel/scope.ts'

test('a call that is late before it is watched is ended, and Node is not asked for a time that is over', async () => {
  const timers = vi.spyOn(globalThis, 'setTimeout')
  const scope = { signal: new AbortController().signal } as CallScope
  const ended = Promise.withResolvers<OutOfTime>()
  const call = { end: ended.resolve }
  watchOf(scope).add(call, performance.now() - 500)
  expect(await ended.promise).toEqual(new OutOfTime(0))
  watchOf(scope).delete(call)
  expect(timers.mock.calls.map(([, milliseconds]) => milliseconds)).toEqual([1])
  timers.mockRestore()
})
