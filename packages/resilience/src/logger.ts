/** Logger: the port through which everything here writes its log; a pino logger fits as it is. */

/** Writes down what happened: the fields first, then one sentence. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** For what should wake somebody. @default `error` is used in its place */
  fatal?(fields: object, message: string): void;
}
