/** The documents of documents.ts as messages that can be sent. */
import { randomUUID } from 'node:crypto'
import type { Message, Values } from '../../rules/ceb/message.ts'
import { writeMessage } from '../../rules/ceb/write.ts'
import { signature, transfer } from '../ceb/messages.ts'
import { samples, type SampleKind } from './documents.ts'

/** A message of the sample of its kind, once for each change of its head. */
export function messageOf(kind: SampleKind, ...heads: Values[]): string {
  const { head, lines } = samples[kind]
  const message = {
    standard: '202205',
    kind,
    guid: randomUUID().toUpperCase(),
    version: '1.0',
    envelope: null,
    transfer,
    subscriptions: [],
    documents: heads.map((change) => ({ head: { ...head, ...change }, lines })),
    signature,
    extension: null,
  }
  return writeMessage(message as unknown as Message)
}

/** Order, payment, waybill and list of one purchase, by its number. */
export const purchase = (number: string): Record<'311' | '411' | '511' | '621', string> => {
  const [orderNo, payTransactionId, logisticsNo, copNo] = [`SO${number}`, `ZF${number}`, `YD${number}`, `QD${number}`]
  return {
    '311': messageOf('311', { orderNo, payTransactionId }),
    '411': messageOf('411', { orderNo, payTransactionId }),
    '511': messageOf('511', { orderNo, logisticsNo }),
    '621': messageOf('621', { orderNo, logisticsNo, copNo }),
  }
}

/** A receipt of customs for a list of imports. */
export const receiptOf = (copNo: string, returnStatus: string, change: Values = {}): string =>
  receiptIn('622', {
    customsCode: '3501',
    ebpCode: samples['621'].head.ebpCode ?? '',
    ebcCode: samples['621'].head.ebcCode ?? '',
    agentCode: samples['621'].head.agentCode ?? '',
    copNo,
    returnStatus,
    ...change,
  })

/** A receipt of customs for a list of exports that it has cleared 结关. */
export const clearedOf = (copNo: string, invtNo: string, returnTime: string): string => {
  const { ebpCode, ebcCode, agentCode, orderNo, statisticsFlag } = samples['603'].head
  const named = { agentCode, copNo, invtNo, ebcCode, ebpCode, orderNo, statisticsFlag } as Values
  return receiptIn('604', { ...named, returnStatus: '899', returnTime })
}

/** A receipt of customs that sends an application for a summary back 退单. */
export const sentBackOf = (copNo: string): string => {
  const { agentCode, ebcCode, msgSeqNo } = samples['701'].head
  return receiptIn('702', { agentCode, ebcCode, copNo, msgSeqNo, returnStatus: '100', returnTime: '20261102120000000' })
}

const receiptIn = (kind: '622' | '604' | '702', said: Values): string =>
  writeMessage({
    standard: '202205',
    kind,
    guid: randomUUID().toUpperCase(),
    version: '1.0',
    envelope: null,
    transfer: null,
    subscriptions: [],
    documents: [
      {
        head: {
          guid: randomUUID().toUpperCase(),
          returnTime: '20261121120000000',
          returnInfo: '演示回执',
          ...said,
        },
        lines: [],
      },
    ],
    signature: null,
    extension: null,
  } as unknown as Message)
