/** Associate and Disassociate: have records belong to each other, and no more. */
import type { MessageExecutor } from '../message-executor.ts';
import { associateRecords, disassociateRecords } from '../relationships/associate-records.ts';
import { OrganizationResponse } from '../requests/organization-request.ts';
import type { AssociateRequest, DisassociateRequest } from '../requests/relationship-requests.ts';

/** The executor. */
export const associate: MessageExecutor<AssociateRequest> = {
  requestName: 'Associate',
  execute: (request, ctx) =>
    ctx.transact((inside) => {
      associateRecords(request, inside);
      return new OrganizationResponse('Associate');
    }),
};

/** The executor. */
export const disassociate: MessageExecutor<DisassociateRequest> = {
  requestName: 'Disassociate',
  execute: (request, ctx) =>
    ctx.transact((inside) => {
      disassociateRecords(request, inside);
      return new OrganizationResponse('Disassociate');
    }),
};
