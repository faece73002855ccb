/**
 * Certificates for tests, of an authority made for them (X.509 in DER, RFC 5280). By hand, since Node signs none, the
 * openssl command is not everywhere, and the packages that do it bring a dozen others.
 */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

/** PEM. */
export interface Certificate {
  cert: string
  key: string
}

export interface Certificates {
  /** The authority that clients are to trust, in PEM. */
  authority: string
  valid: Certificate
  expired: Certificate
}

const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  if (body.length < 128) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const hex = body.length.toString(16)
  const length = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body])
}
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts)
const objectId = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))
const bits = (bytes: Buffer): Buffer => der(0x03, Buffer.from([0]), bytes)
const time = (at: Date): Buffer =>
  der(
    0x17,
    Buffer.from(
      `${at
        .toISOString()
        .replace(/[-T:]|\.\d+/g, '')
        .slice(2)}`,
    ),
  )
const name = (text: string): Buffer => sequence(der(0x31, sequence(objectId('550403'), der(0x0c, Buffer.from(text)))))
const extension = (id: string, value: Buffer): Buffer => sequence(objectId(id), der(0x04, value))

const ecdsaWithSha256 = sequence(objectId('2a8648ce3d040302'))
const isAuthority = extension('551d13', sequence(der(0x01, Buffer.from([0xff]))))
const ofThisMachine = extension(
  '551d11',
  sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1]))),
)

const pem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64').replace(/.{64}(?!$)/g, '$&\n')}\n-----END CERTIFICATE-----\n`

interface Content {
  subject: string
  from: Date
  to: Date
  publicKey: KeyObject
  extension: Buffer
}

function certificate({ subject, from, to, publicKey, extension }: Content, signer: KeyObject): string {
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    name('Authority of these tests'),
    sequence(time(from), time(to)),
    name(subject),
    publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, sequence(extension)),
  )
  return pem(sequence(content, ecdsaWithSha256, bits(sign('sha256', content, signer))))
}

const day = 24 * 60 * 60 * 1000

/** Makes an authority, and two certificates of this machine: one is good for a day, the other was until yesterday. */
export function makeCertificates(now = Date.now()): Certificates {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = server.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  const [past, yesterday, tomorrow] = [now - 9 * day, now - day, now + day].map((at) => new Date(at)) as [
    Date,
    Date,
    Date,
  ]
  const ofServer = (to: Date): Certificate => ({
    key,
    cert: certificate(
      { subject: 'localhost', from: past, to, publicKey: server.publicKey, extension: ofThisMachine },
      authority.privateKey,
    ),
  })
  return {
    authority: certificate(
      {
        subject: 'Authority of these tests',
        from: past,
        to: tomorrow,
        publicKey: authority.publicKey,
        extension: isAuthority,
      },
      authority.privateKey,
    ),
    valid: ofServer(tomorrow),
    expired: ofServer(yesterday),
  }
}
