/** PullRequestException: something that an organization has and this one has not. */
import { CodedError } from '@interpose/kernel';
import { nearest } from '@interpose/kernel/options';

const AND =
  'The coverage.json of @interpose/dataverse lists what there is; a pull request that adds it is welcome.';

/** What is asked for is not there. Says what it was, and what there is. */
export class PullRequestException extends CodedError {
  static override readonly code: string = 'PULL_REQUEST';

  /** For a request that nobody handles. `hint` says why it might be so. */
  static forRequest(
    requestName: string,
    supported: readonly string[],
    hint = '',
  ): PullRequestException {
    const near = nearest(requestName, supported);
    const list = supported.length
      ? `Supported here: ${supported.toSorted().join(', ')}.`
      : 'Nothing is supported here.';
    const meant = near === undefined ? '' : `Did you mean "${near}"? `;
    return new PullRequestException(
      `The organization request "${requestName}" is not supported. ${hint}${meant}${list} ${AND}`,
    );
  }

  /** For a part of a request that is handled otherwise. */
  static forFeature(requestName: string, feature: string): PullRequestException {
    return new PullRequestException(
      `The organization request "${requestName}" is supported but for ${feature}. ${AND}`,
    );
  }
}
