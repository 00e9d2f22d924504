/** The codes of faults with their texts, as the service's own list of error codes has them; names and numbers are facts of that service. */

/** A code and the text that goes with it where no other is given. */
export interface FaultCode {
  readonly code: number;
  readonly text: string;
  /** The status with which the Web API tells it. */
  readonly status: number;
}

const fault = (code: number, status: number, text: string): FaultCode => ({ code, status, text });

/** The name of a code, as the service's list has it. */
export type FaultName =
  | 'ObjectDoesNotExist'
  | 'DuplicateRecord'
  | 'InvalidArgument'
  | 'IsvAborted'
  | 'IsvUnExpected'
  | 'CannotDeleteDueToAssociation'
  | 'PrivilegeDenied'
  | 'QueryBuilderNoAttribute'
  | 'QueryBuilderNoEntity'
  | 'RecordNotFoundByEntityKey'
  | 'DuplicateRecordEntityKey'
  | 'ConcurrencyVersionMismatch'
  | 'ConcurrencyVersionNotProvided'
  | 'OptimisticConcurrencyNotEnabled'
  | 'PicklistValueOutOfRange'
  | 'StringLengthTooLong'
  | 'IntegerValueOutOfRange'
  | 'DecimalValueOutOfRange'
  | 'InvalidStateCodeStatusCode'
  | 'AggregateQueryRecordLimit'
  | 'TooManyConditionsInQuery'
  | 'TooManyLinkEntitiesInQuery'
  | 'ODataError'
  | 'ODataPayloadError';

/** The codes by their names. */
export const FAULT_CODES: Readonly<Record<FaultName, FaultCode>> = {
  ObjectDoesNotExist: fault(0x80040217, 404, 'The specified object was not found.'),
  DuplicateRecord: fault(0x80040237, 412, 'A record with matching key values already exists.'),
  InvalidArgument: fault(0x80040203, 400, 'Invalid argument.'),
  IsvAborted: fault(0x80040265, 400, 'ISV code aborted the operation.'),
  IsvUnExpected: fault(0x80040224, 500, 'An unexpected error occurred from ISV code.'),
  CannotDeleteDueToAssociation: fault(
    0x80040227,
    405,
    'The object you tried to delete is associated with another object and cannot be deleted.',
  ),
  PrivilegeDenied: fault(0x80040220, 403, 'The user does not hold the necessary privileges.'),
  QueryBuilderNoAttribute: fault(0x80041103, 400, "The specified attribute doesn't exist."),
  QueryBuilderNoEntity: fault(0x80041102, 400, 'The specified entity was not found.'),
  RecordNotFoundByEntityKey: fault(
    0x80060891,
    404,
    'A record with the specified key values does not exist.',
  ),
  DuplicateRecordEntityKey: fault(
    0x80060892,
    412,
    'A record with the same values of a key already exists.',
  ),
  ConcurrencyVersionMismatch: fault(
    0x80060882,
    412,
    "The version of the existing record doesn't match the RowVersion property provided.",
  ),
  ConcurrencyVersionNotProvided: fault(
    0x80060883,
    400,
    'The RowVersion property must be provided when the value of ConcurrencyBehavior is IfVersionMatches.',
  ),
  OptimisticConcurrencyNotEnabled: fault(
    0x8006088d,
    400,
    "Optimistic concurrency isn't enabled for this entity type.",
  ),
  PicklistValueOutOfRange: fault(0x8004431a, 400, 'The picklist value is out of the range.'),
  StringLengthTooLong: fault(
    0x80044331,
    400,
    'A validation error occurred. The length of an attribute exceeded the maximum allowed length.',
  ),
  IntegerValueOutOfRange: fault(
    0x8004432f,
    400,
    'A validation error occurred. An integer provided is outside of the allowed values for this attribute.',
  ),
  DecimalValueOutOfRange: fault(
    0x80044330,
    400,
    'A validation error occurred. A decimal value provided is outside of the allowed values for this attribute.',
  ),
  InvalidStateCodeStatusCode: fault(
    0x80048408,
    400,
    'State code is invalid or state code is valid but status code is invalid for a specified state code.',
  ),
  AggregateQueryRecordLimit: fault(
    0x8004e023,
    400,
    'The maximum record limit is exceeded. Reduce the number of records.',
  ),
  TooManyConditionsInQuery: fault(
    0x8004430c,
    400,
    'Number of conditions in query exceeded maximum limit.',
  ),
  TooManyLinkEntitiesInQuery: fault(
    0x8004430d,
    400,
    'Number of link entities in query exceeded maximum limit.',
  ),
  ODataError: fault(0x80060888, 400, 'The request cannot be understood.'),
  ODataPayloadError: fault(0x80048d19, 400, 'The payload cannot be understood.'),
};
