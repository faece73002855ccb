import { errors as undiciErrors } from 'undici'
import type { DepartmentId } from '../../departments.ts'
import { UpstreamError } from './errors.ts'
import { OutOfTime } from './time-limit.ts'

/** Why a certificate is not to be trusted, by the codes of OpenSSL and Node (node:tls, X509 certificate error codes). */
const distrust: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'Its certificate has expired.',
  CERT_NOT_YET_VALID: 'Its certificate is not valid yet.',
  CERT_REVOKED: 'Its certificate was revoked.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Its certificate is for another name.',
  HOSTNAME_MISMATCH: 'Its certificate is for another name.',
  ...Object.fromEntries(
    [
      'CERT_CHAIN_TOO_LONG',
      'CERT_REJECTED',
      'CERT_SIGNATURE_FAILURE',
      'CERT_UNTRUSTED',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'INVALID_CA',
      'INVALID_PURPOSE',
      'PATH_LENGTH_EXCEEDED',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ].map((code) => [code, 'Its certificate is signed by nobody whom the hub trusts.']),
  ),
}

const distrustOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? distrust[error.code] : undefined

/** What went wrong with a call, as an error of its department. */
export function failureOf(department: DepartmentId, error: unknown): UpstreamError {
  if (error instanceof UpstreamError) return error
  if (error instanceof OutOfTime) {
    return new UpstreamError(department, 'timeout', 'It did not answer in time.', { cause: error })
  }
  if (error instanceof undiciErrors.ConnectTimeoutError) {
    return new UpstreamError(department, 'timeout', 'It did not take the connection in time.', { cause: error })
  }
  if (error instanceof undiciErrors.HTTPParserError) {
    return new UpstreamError(department, 'contract', 'The answer is not HTTP.', { cause: error })
  }
  const untrusted = distrustOf(error)
  if (untrusted !== undefined) return new UpstreamError(department, 'untrusted', untrusted, { cause: error })
  return new UpstreamError(department, 'unreachable', 'It cannot be reached.', { cause: error })
}
