/** The front door of @interpose/graphql. */
export type { FieldContext, FieldMiddleware } from './field-context.ts';
