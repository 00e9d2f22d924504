/** The entry @interpose/resilience/checks: who calls, what they may do, what they bring, what they get to see, and whether there is room for it. */
export { type FieldError, ValidationError } from './boundary/errors.ts';
export {
  authenticate,
  type AuthenticateOptions,
  requireUser,
  type RequireUserOptions,
} from './checks/authenticate.ts';
export {
  clean,
  type CleanRules,
  cleanText,
  type FieldRule,
  type TextRules,
} from './checks/clean.ts';
export {
  cpuLimit,
  type CpuLimit,
  type CpuLimitOptions,
  cpuProbe,
  type CpuProbeOptions,
} from './checks/cpu-limit.ts';
export { ForbiddenError, UnauthenticatedError } from './checks/errors.ts';
export type { Names } from './checks/identity.ts';
export { maskedCopy, type MaskRules } from './checks/masked-copy.ts';
export { maskFields, type MaskFieldsOptions } from './checks/mask-fields.ts';
export { memoryLimit, type MemoryLimit, type MemoryLimitOptions } from './checks/memory-limit.ts';
export {
  requirePermission,
  type RequirePermissionOptions,
  requireRole,
  type RequireRoleOptions,
} from './checks/require.ts';
export type { ResourceLimitEvents } from './checks/resource-gauge.ts';
export type {
  LimitOptions,
  ResourceLimit,
  ResourceLimitOptions,
  ResourceLimitState,
} from './checks/resource-limit.ts';
export { sanitize, type SanitizeOptions } from './checks/sanitize.ts';
export type {
  SchemaIssue,
  SchemaOutput,
  SchemaResult,
  StandardSchema,
} from './checks/standard-schema.ts';
export { transaction, type TransactionOptions } from './checks/transaction.ts';
export { type Provider, validate, type ValidateOptions } from './checks/validate.ts';
