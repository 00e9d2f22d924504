/** The rules of the strict parser as data: what is refused, with which status, by which section, in which words. */

/** One rule: a message that breaks it is refused. */
export interface Rule {
  /** The status of the answer to a request that breaks it; for a response it is the reader's own affair. */
  readonly status: number;
  /** Where the rule comes from. */
  readonly source: string;
  /** What the client is told. */
  readonly says: string;
}

/** The code of a rule. */
export type RuleCode =
  | 'REQUEST_LINE_MALFORMED'
  | 'REQUEST_LINE_TOO_LONG'
  | 'METHOD_NOT_SERVED'
  | 'TARGET_MALFORMED'
  | 'TARGET_FORM'
  | 'VERSION_MALFORMED'
  | 'VERSION_NOT_SPOKEN'
  | 'STATUS_LINE_MALFORMED'
  | 'STATUS_MALFORMED'
  | 'INTERIM_TOO_OLD'
  | 'HEAD_TOO_LARGE'
  | 'TOO_MANY_HEADERS'
  | 'BARE_LF'
  | 'BARE_CR'
  | 'LINE_FOLDED'
  | 'HEADER_NAME_MALFORMED'
  | 'HEADER_VALUE_MALFORMED'
  | 'HOST_MISSING'
  | 'HOST_REPEATED'
  | 'HOST_MALFORMED'
  | 'HOST_MISMATCH'
  | 'CONTENT_LENGTH_MALFORMED'
  | 'CONTENT_LENGTH_REPEATED'
  | 'TRANSFER_ENCODING_REPEATED'
  | 'TRANSFER_ENCODING_UNKNOWN'
  | 'TRANSFER_ENCODING_TOO_OLD'
  | 'TRANSFER_ENCODING_AND_LENGTH'
  | 'EXPECTATION_UNKNOWN'
  | 'CHUNK_SIZE_MALFORMED'
  | 'CHUNK_TOO_LARGE'
  | 'CHUNK_EXTENSION_MALFORMED'
  | 'CHUNK_EXTENSIONS_TOO_LONG'
  | 'CHUNK_END_MISSING'
  | 'TRAILERS_TOO_LARGE'
  | 'TRAILER_FORBIDDEN'
  | 'BODY_TOO_LARGE'
  | 'BODY_CUT_SHORT'
  | 'PROXY_HEADER_MALFORMED'
  | 'TLS_EXPECTED'
  | 'CONNECTION_HEADER_FORBIDDEN'
  | 'HEAD_TOO_SLOW'
  | 'BODY_TOO_SLOW';

/** Every rule by its code. Codes are stable. */
export const RULES: Readonly<Record<RuleCode, Rule>> = {
  REQUEST_LINE_MALFORMED: rule(
    400,
    '9112 3',
    'The request line is not method, target and version with one space between',
  ),
  REQUEST_LINE_TOO_LONG: rule(414, '9110 15.5.15', 'The request line is too long'),
  METHOD_NOT_SERVED: rule(501, '9110 9.3.6, 9.3.8', 'CONNECT and TRACE are not served here'),
  TARGET_MALFORMED: rule(
    400,
    '9112 3.2',
    'The request target has a character that cannot stand in it',
  ),
  TARGET_FORM: rule(
    400,
    '9112 3.2',
    'The request target is neither a path nor an http address nor, for OPTIONS, a star',
  ),
  VERSION_MALFORMED: rule(400, '9112 2.3', 'The request line does not end with a version of HTTP'),
  VERSION_NOT_SPOKEN: rule(505, '9110 15.6.6', 'Only HTTP/1.0 and HTTP/1.1 are spoken here'),
  STATUS_LINE_MALFORMED: rule(502, '9112 4', 'The status line is not version, status and reason'),
  STATUS_MALFORMED: rule(502, '9110 15', 'The status is not a number from 100 to 599'),
  INTERIM_TOO_OLD: rule(502, '9110 15.2', 'HTTP/1.0 has no interim responses'),
  HEAD_TOO_LARGE: rule(431, '6585 5', 'The head of the message is too large'),
  TOO_MANY_HEADERS: rule(431, '6585 5', 'There are too many headers'),
  BARE_LF: rule(400, '9112 2.2', 'A line ends with LF alone'),
  BARE_CR: rule(400, '9112 2.2', 'There is a CR without LF'),
  LINE_FOLDED: rule(400, '9112 5.2', 'A header is folded over several lines'),
  HEADER_NAME_MALFORMED: rule(
    400,
    '9112 5.1',
    'The name of a header is not a token with a colon right behind it',
  ),
  HEADER_VALUE_MALFORMED: rule(
    400,
    '9110 5.5',
    'The value of a header has a character that cannot stand in it',
  ),
  HOST_MISSING: rule(400, '9112 3.2', 'The Host header is missing'),
  HOST_REPEATED: rule(400, '9112 3.2', 'There is more than one Host header'),
  HOST_MALFORMED: rule(400, '9112 3.2', 'The Host header is not a host with an optional port'),
  HOST_MISMATCH: rule(
    400,
    '9112 3.2.2',
    'The Host header differs from the host of the request target',
  ),
  CONTENT_LENGTH_MALFORMED: rule(
    400,
    '9112 6.3',
    'The Content-Length header is not one whole number below 2^53',
  ),
  CONTENT_LENGTH_REPEATED: rule(400, '9112 6.3', 'There is more than one Content-Length header'),
  TRANSFER_ENCODING_REPEATED: rule(400, '9112 6.1', 'There is not exactly one transfer coding'),
  TRANSFER_ENCODING_UNKNOWN: rule(
    501,
    '9112 6.1',
    'The only transfer coding that is known here is chunked',
  ),
  TRANSFER_ENCODING_TOO_OLD: rule(400, '9112 6.1', 'HTTP/1.0 has no transfer codings'),
  TRANSFER_ENCODING_AND_LENGTH: rule(
    400,
    '9112 6.1',
    'There is a Transfer-Encoding as well as a Content-Length',
  ),
  EXPECTATION_UNKNOWN: rule(
    417,
    '9110 10.1.1',
    'The only expectation that is known here is 100-continue',
  ),
  CHUNK_SIZE_MALFORMED: rule(400, '9112 7.1', 'The size of a chunk is not a hexadecimal number'),
  CHUNK_TOO_LARGE: rule(
    413,
    '9112 7.1',
    'The size of a chunk has more than 16 digits or cannot be counted',
  ),
  CHUNK_EXTENSION_MALFORMED: rule(400, '9112 7.1.1', 'The extension of a chunk is malformed'),
  CHUNK_EXTENSIONS_TOO_LONG: rule(400, '9112 7.1.1', 'The extensions of the chunks are too long'),
  CHUNK_END_MISSING: rule(400, '9112 7.1', 'A chunk does not end with CRLF where its size says'),
  TRAILERS_TOO_LARGE: rule(431, '6585 5', 'The trailers are too large'),
  TRAILER_FORBIDDEN: rule(400, '9110 6.5.1', 'A trailer says what only a header may say'),
  BODY_TOO_LARGE: rule(413, '9110 15.5.14', 'The body is too large'),
  BODY_CUT_SHORT: rule(400, '9112 8', 'The connection ended before the message did'),
  PROXY_HEADER_MALFORMED: {
    status: 400,
    source: 'PROXY protocol 2.1, 2.2',
    says: 'The connection does not begin with a PROXY header, as it has to here',
  },
  TLS_EXPECTED: rule(400, '9110 4.2.2', 'This port speaks HTTP over TLS only'),
  CONNECTION_HEADER_FORBIDDEN: rule(
    400,
    '9113 8.2.2',
    'There is a header in HTTP/2 that only a connection of HTTP/1 has',
  ),
  HEAD_TOO_SLOW: rule(408, '9110 15.5.9', 'The head of the request took too long'),
  BODY_TOO_SLOW: rule(408, '9110 15.5.9', 'The body of the request came too slowly'),
};

function rule(status: number, section: string, says: string): Rule {
  return { status, source: `RFC ${section}`, says };
}
