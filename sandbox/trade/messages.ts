import type { DeclaredKind } from '../../rules/ceb/kinds.ts'
import type { AnyDocument, Message } from '../../rules/ceb/message.ts'
import { writeMessage } from '../../rules/ceb/write.ts'
import { guidOf } from './guid.ts'

/** Documents of one message, which may hold no more. */
export const fullMessage = 100

const dsig = 'http://www.w3.org/2000/09/xmldsig#'

/** A signature has to stand in some messages; nothing here signs, so this one has the form of one and verifies nowhere. */
const signature = `<ds:Signature xmlns:ds="${dsig}"><ds:SignedInfo>${[
  '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>',
  `<ds:SignatureMethod Algorithm="${dsig}rsa-sha1"/>`,
  `<ds:Reference URI=""><ds:DigestMethod Algorithm="${dsig}sha1"/><ds:DigestValue>AA==</ds:DigestValue></ds:Reference>`,
].join('')}</ds:SignedInfo><ds:SignatureValue>AA==</ds:SignatureValue></ds:Signature>`

/** A message of a kind as XML; `number` counts the messages of its kind from 1. */
export function messageOf(seed: number, kind: DeclaredKind, number: number, documents: readonly AnyDocument[]): string {
  const message = {
    standard: '202205',
    kind,
    guid: guidOf(seed, `trade/${kind}/${number}`),
    version: '1.0',
    envelope: null,
    transfer: {
      copCode: '3501980D3V',
      copName: '福州示例数据有限公司（开发数据）',
      dxpMode: 'DXP',
      dxpId: 'DXPENT0000000001',
    },
    subscriptions: [],
    documents,
    signature,
    extension: null,
  }
  // The writer checks documents against the table of their kind, which is what the type is made of.
  return writeMessage(message as unknown as Message)
}
