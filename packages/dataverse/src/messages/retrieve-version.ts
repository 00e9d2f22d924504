/** RetrieveVersion: tells the version of the organization. */
import type { MessageExecutor } from '../message-executor.ts';
import { RetrieveVersionResponse } from '../requests/organization-facts-requests.ts';

/** The executor. */
export const retrieveVersion: MessageExecutor = {
  requestName: 'RetrieveVersion',
  execute: (_, { context }) => new RetrieveVersionResponse(context.version),
};
