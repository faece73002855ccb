/**
 * Attack 15: tokens that are forged, stale, meant for others, or made so that the hub would check them wrongly. Each is
 * refused with 401 and one sentence that repeats nothing of it, no department is called, and the refusal is on record.
 */
import { SignJWT, UnsecuredJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Issuer } from './issuer.ts'
import { refused, said, trustingHub, uscc } from './trusting-hub.ts'

const { running, issuer, other, show } = trustingHub()

const now = () => Math.floor(Date.now() / 1000)
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const signed = (changes: Record<string, unknown>, header?: Parameters<Issuer['sign']>[1]) => () =>
  issuer().sign(issuer().claims(changes), header)
/** A token with another signature, payload or header than was signed. */
const changed = (change: (parts: string[]) => string[]) => async () =>
  change((await issuer().sign()).split('.')).join('.')

const message = {
  malformed: 'The Authorization header must be: Bearer ‹token›.',
  noJwt: 'The token is not a signed JWT.',
  unverifiable: 'The token cannot be verified.',
  issuer: 'The issuer of the token is not trusted here.',
  key: "The issuer has no key of the token's kid.",
  algorithm: "The token's algorithm is not accepted.",
  signature: "The token's signature is wrong.",
  expired: 'The token has expired.',
  early: 'The token is not valid yet (nbf).',
  audience: 'The token is not meant for this hub (aud).',
  claim: (name: string) => `The token's claim ${name} is missing or wrong.`,
  department: "The token's claim department names no department, partner or office of this hub.",
  bound: 'The token is bound to a key whose proof this hub does not take (cnf).',
  purposes: "The token's claim purposes must be a list of names.",
  divisions: "The token's claim divisions must be a list of division codes.",
  mandate: "The token's mandate must list credit codes under identifiers.",
}
const mandate = (identifiers: unknown) => ({ authorization_details: [{ type: 'mandate', identifiers }] })

const forgeries: [string, () => Promise<string> | string, string][] = [
  // signature and key
  ['a signature of another key', signed({}, { key: 'unpublished', kid: 'first' }), message.signature],
  ['a signature cut short', changed(([h = '', p = '', s = '']) => [h, p, s.slice(0, -4)]), message.signature],
  ['no signature', changed(([h = '', p = '']) => [h, p, '']), message.signature],
  [
    'another payload',
    changed(([h = '', , s = '']) => [h, encoded({ ...issuer().claims(), department: 'tax' }), s]),
    message.signature,
  ],
  [
    'another header',
    changed(([, p = '', s = '']) => [encoded({ alg: 'EdDSA', kid: 'first', typ: 'JWT' }), p, s]),
    message.signature,
  ],
  ['a kid that is not known', signed({}, { kid: 'second' }), message.key],
  ['a kid that is a path', signed({}, { kid: '../../etc/passwd' }), message.key],
  ['a kid of the prototype', signed({}, { kid: '__proto__' }), message.key],
  ['a key of another trusted issuer', () => other().sign(issuer().claims(), { kid: 'first' }), message.signature],
  // algorithm
  ['alg none', () => new UnsecuredJWT(issuer().claims()).encode(), message.algorithm],
  [
    'alg NONE with a signature',
    changed(([, p = '', s = '']) => [encoded({ alg: 'NONE', kid: 'first' }), p, s]),
    message.algorithm,
  ],
  ...(['HS256', 'HS384', 'HS512'] as const).map((alg): [string, () => Promise<string>, string] => [
    `${alg} with the public key as the secret`,
    async () =>
      new SignJWT(issuer().claims())
        .setProtectedHeader({ alg, kid: 'first' })
        .sign(Buffer.from(await issuer().publicPem())),
    message.algorithm,
  ]),
  [
    'HS256 with the key of the set as the secret',
    () =>
      new SignJWT(issuer().claims())
        .setProtectedHeader({ alg: 'HS256', kid: 'first' })
        .sign(Buffer.from(String(issuer().publicJwk().x), 'base64url')),
    message.algorithm,
  ],
  ['an algorithm that is not accepted', signed({}, { key: 'weak' }), message.algorithm],
  [
    'an algorithm that the key is not for',
    changed(([, p = '', s = '']) => [encoded({ alg: 'ES256', kid: 'first' }), p, s]),
    message.key,
  ],
  // header
  [
    'a header that must be understood',
    changed(([, p = '', s = '']) => [encoded({ alg: 'EdDSA', kid: 'first', crit: ['x'], x: 1 }), p, s]),
    message.unverifiable,
  ],
  [
    'an empty list of what must be understood',
    changed(([, p = '', s = '']) => [encoded({ alg: 'EdDSA', kid: 'first', crit: [] }), p, s]),
    message.unverifiable,
  ],
  // issuer, audience
  ['an issuer that is not trusted', signed({ iss: 'https://elsewhere.example' }), message.issuer],
  ['no issuer', signed({ iss: undefined }), message.issuer],
  ['an issuer with a slash more', signed({ iss: 'https://issuer.example/' }), message.issuer],
  ['an issuer in capitals', signed({ iss: 'HTTPS://ISSUER.EXAMPLE' }), message.issuer],
  ['an issuer of the prototype', signed({ iss: '__proto__' }), message.issuer],
  ['two issuers', signed({ iss: ['https://issuer.example'] }), message.issuer],
  ['the issuer of development, with a key of another', signed({ iss: 'urn:hutong:development' }), message.key],
  ['an issuer whose key is another one', () => issuer().sign(other().claims()), message.signature],
  ['another audience', signed({ aud: 'elsewhere' }), message.audience],
  ['an audience that begins like the hub', signed({ aud: 'hutong.example' }), message.audience],
  ['audiences without the hub', signed({ aud: ['elsewhere', 'Hutong'] }), message.audience],
  ['no audience', signed({ aud: undefined }), message.audience],
  // time
  ['a token that has expired', signed({ exp: now() - 3600 }), message.expired],
  ['an end at the beginning of time', signed({ exp: 0 }), message.expired],
  ['no end', signed({ exp: undefined }), message.claim('exp')],
  ['an end that is a text', signed({ exp: String(now() + 600) }), message.claim('exp')],
  ['a token that is not valid yet', signed({ nbf: now() + 3600 }), message.early],
  ['a beginning that is a text', signed({ nbf: 'now' }), message.early],
  // who
  ['no subject', signed({ sub: undefined }), message.claim('sub')],
  ['no department', signed({ department: undefined }), message.claim('department')],
  ['a department that is not known', signed({ department: 'police' }), message.department],
  ['a department of the prototype', signed({ department: '__proto__' }), message.department],
  ['the constructor as a department', signed({ department: 'constructor' }), message.department],
  ['a department in capitals', signed({ department: 'Customs' }), message.department],
  ['two departments', signed({ department: ['customs', 'tax'] }), message.department],
  ['the hub as a department', signed({ department: 'hub' }), message.department],
  // what it may
  ['purposes that are a text', signed({ purposes: 'clearance' }), message.purposes],
  ['purposes that are no texts', signed({ purposes: [1] }), message.purposes],
  ['divisions that are a text', signed({ divisions: '35' }), message.divisions],
  ['an empty division, which begins all codes', signed({ divisions: [''] }), message.divisions],
  ['a division that is none', signed({ divisions: ['35*'] }), message.divisions],
  ['a mandate without codes', signed(mandate(undefined)), message.mandate],
  ['a mandate with a code that is none', signed(mandate([uscc, 'x'])), message.mandate],
  ['a mandate that is no list', signed({ authorization_details: { type: 'mandate' } }), message.mandate],
  // bound to a sender
  ['a token bound to a key', signed({ cnf: { jkt: 'x' } }), message.bound],
  ['a token bound to a certificate', signed({ cnf: { 'x5t#S256': 'x' } }), message.bound],
  ['a token bound to nothing that is known', signed({ cnf: {} }), message.bound],
  ['a token whose bond is null', signed({ cnf: null }), message.bound],
  // form
  ['one part', () => 'token', message.noJwt],
  ['two parts', changed(([h = '', p = '']) => [h, p]), message.noJwt],
  ['four parts', changed((parts) => [...parts, 'x']), message.noJwt],
  ['five parts, as of an encrypted one', changed((parts) => [...parts, 'x', 'x']), message.noJwt],
  ['only dots', () => '..', message.noJwt],
  ['a payload that is not base64url', changed(([h = '', , s = '']) => [h, '!!!', s]), message.noJwt],
  [
    'a payload that is not JSON',
    changed(([h = '', , s = '']) => [h, Buffer.from('no').toString('base64url'), s]),
    message.noJwt,
  ],
  ['a payload that is a list', changed(([h = '', , s = '']) => [h, encoded([1]), s]), message.noJwt],
  ['a header that is not JSON', changed(([, p = '', s = '']) => ['bm8', p, s]), message.unverifiable],
  ['a header without alg', changed(([, p = '', s = '']) => [encoded({ kid: 'first' }), p, s]), message.unverifiable],
  ['a token of more than 8 KB', signed({ padding: 'x'.repeat(8000) }), message.malformed],
]

beforeAll(async () => {
  await Promise.all([issuer().makeKey('unpublished'), issuer().makeKey('weak', 'ES512')])
  issuer().publish('weak')
})

describe('a token that is not accepted', () => {
  test.each(forgeries)('attack 15: %s', async (_what, make, wanted) => {
    expect(said(await show(await make()))).toEqual(refused(wanted))
    expect(running().calls()).toEqual({})
  })
})
