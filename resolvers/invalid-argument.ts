/** An argument that cannot be used; the message says what is wrong with it. The hub turns it into the client's error. */
export class InvalidArgument extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'InvalidArgument'
  }
}
