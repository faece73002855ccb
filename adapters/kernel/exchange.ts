import type { Dispatcher } from 'undici'

type Handler = Dispatcher.DispatchHandler
type Controller = Dispatcher.DispatchController
type Headers = Parameters<NonNullable<Handler['onResponseStart']>>[2]

/** A whole answer, as bytes. */
export interface Reply {
  status: number
  headers: Headers
  body: Buffer
}

/**
 * One request and its answer, collected as it comes in. It uses undici where it hands over bytes, below its streams: an
 * answer is kept whole anyway, and a stream, its iterator and a signal for each of seven calls are most of what a call
 * costs.
 */
export class Exchange implements Handler {
  readonly reply: Promise<Reply>
  readonly #most: number
  readonly #tooLarge: () => Error
  readonly #settle: { resolve: (reply: Reply) => void; reject: (error: Error) => void }
  #controller: Controller | null = null
  #ended: Error | null = null
  #status = 0
  #headers: Headers = {}
  #chunks: Buffer[] = []
  #size = 0

  /** @param most bytes of an answer that are taken; more end it with the error that `tooLarge` makes */
  constructor(dispatcher: Dispatcher, request: Dispatcher.DispatchOptions, most: number, tooLarge: () => Error) {
    this.#most = most
    this.#tooLarge = tooLarge
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    this.reply = promise
    this.#settle = { resolve, reject }
    dispatcher.dispatch(request, this)
  }

  /** Ends it now, wherever it is; `reply` is rejected with the reason. */
  end(reason: Error): void {
    if (this.#ended !== null) return
    this.#ended = reason
    this.#settle.reject(reason)
    this.#controller?.abort(reason)
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.#ended !== null) controller.abort(this.#ended)
  }

  onResponseStart(_controller: Controller, status: number, headers: Headers): void {
    if (status < 200) return // more of the answer is to come
    this.#status = status
    this.#headers = headers
    if (Number(headers['content-length']) > this.#most) this.end(this.#tooLarge())
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size > this.#most) this.end(this.#tooLarge())
    else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const [first] = this.#chunks
    const body = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks, this.#size)
    this.#settle.resolve({ status: this.#status, headers: this.#headers, body })
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.#settle.reject(error)
  }
}
