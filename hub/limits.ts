/** The limits of a request, and the variables that set them. */
import { wholeNumber, type Environment } from './config-values.ts'

export interface Limits {
  /** Largest request body, in bytes. */
  bodyBytes: number
  /** Lexical tokens of a document. */
  tokens: number
  /** Levels of selection sets. */
  depth: number
  /** Fields after fragments are spread. */
  fields: number
  aliases: number
  directives: number
  /** Records that the operation could bring, see hub/cost.ts. */
  cost: number
  /** Enterprises that one request may ask about. */
  subjects: number
  /** Longest a request may take, in ms. */
  time: number
  /** Longest a request should wait for the hub itself, in ms, see hub/overload.ts. */
  wait: number
  /** Requests under way at once. */
  underWay: number
  /** Connections for subscriptions that a department may have to this process at once. */
  connections: number
  /** Subscriptions that a department may have at this process at once. */
  subscriptions: number
  /** How long whoever is subscribed may leave an event unread, in ms. */
  unread: number
}

/** Throws ConfigError. */
export function limitsOf(env: Environment): Limits {
  const number = (name: string, fallback: number, least: number): number => wholeNumber(env, name, fallback, least)
  return {
    bodyBytes: number('HUTONG_LIMIT_BODY', 256 * 1024, 1024),
    tokens: number('HUTONG_LIMIT_TOKENS', 4000, 10),
    depth: number('HUTONG_LIMIT_DEPTH', 12, 1),
    fields: number('HUTONG_LIMIT_FIELDS', 2000, 1),
    aliases: number('HUTONG_LIMIT_ALIASES', 60, 0),
    directives: number('HUTONG_LIMIT_DIRECTIVES', 100, 0),
    cost: number('HUTONG_LIMIT_COST', 50_000, 1),
    subjects: number('HUTONG_LIMIT_SUBJECTS', 100, 1),
    time: number('HUTONG_LIMIT_TIME', 5000, 1),
    wait: number('HUTONG_LIMIT_WAIT', 100, 1),
    underWay: number('HUTONG_LIMIT_UNDER_WAY', 2000, 1),
    connections: number('HUTONG_LIMIT_CONNECTIONS', 100, 0),
    subscriptions: number('HUTONG_LIMIT_SUBSCRIPTIONS', 1000, 0),
    unread: number('HUTONG_LIMIT_UNREAD', 30_000, 1),
  }
}
