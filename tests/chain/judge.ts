/** Compares what was seen of an input at the places of the chain, and says in sentences where they differ. */
import { FOLLOWER, NEIGHBOUR } from './lane.ts';
import { type Fields, values } from './message-reader.ts';
import type { Answer, Forwarded, Observation } from './observed.ts';
import type { Origin } from './origins.ts';

/** Whether every place saw the same: each request that went out arrived once, whole, alike, and got its own answer. */
export function judge(origin: Origin, seen: Observation): readonly string[] {
  const findings = [...seen.faults];
  if (!seen.closed) findings.push('the client was left waiting');
  for (const request of seen.forwarded) findings.push(...judgeOne(origin, request, seen));
  for (const request of seen.broken) findings.push(...judgeBroken(request, seen));

  const sent = [...seen.forwarded, ...seen.broken];
  const ids = sent.map(({ id }) => id);
  if (new Set(ids).size < ids.length) findings.push(`a number went out twice: ${ids.join(' ')}`);
  for (const { id, method } of seen.recorded)
    if (!ids.includes(id)) findings.push(`the backend got ${method} "${id}", which nobody sent`);
  // Of a request whose first line it refuses, an origin may log no field.
  let unnamed = sent.filter((request) => isUnlogged(origin, request, seen)).length;
  for (const { id, method, target, status } of seen.logged)
    if (!ids.includes(id) && !(id === '' && status >= 400 && unnamed-- > 0))
      findings.push(`the origin parsed ${method} ${target} "${id}", which nobody sent`);
  return [...findings, ...judgeAnswers(seen)];
}

function isUnlogged(origin: Origin, request: Forwarded, { logged }: Observation): boolean {
  return origin.mayAnswer(request) && !logged.some(({ id }) => id === request.id);
}

function judgeOne(origin: Origin, request: Forwarded, seen: Observation): readonly string[] {
  const { id, method, target } = request;
  const findings: string[] = [];
  const say = (what: string): void => {
    findings.push(`${id} ${method} ${target}: ${what}`);
  };
  const logged = seen.logged.filter((line) => line.id === id);
  const recorded = seen.recorded.filter((one) => one.id === id);
  const answers = [...seen.answers, seen.side].filter((answer) => answer?.id === id);
  if (answers.length !== 1) say(`answered ${answers.length} times`);
  if (logged.length > 1) say(`parsed ${logged.length} times`);
  const [line] = logged;
  if (line && (line.method !== method || line.target !== target))
    say(`the origin parsed ${line.method} ${line.target}`);

  const [got] = recorded;
  if (!got) {
    if (!origin.mayAnswer(request)) say(`answered by the origin itself: ${answers[0]?.status}`);
    return findings;
  }
  if (recorded.length > 1) say(`handed on ${recorded.length} times`);
  if (!line) say('not in the log of the origin');
  if (got.method !== method) say(`handed on as ${got.method}`);
  if (got.body !== request.body)
    say(`${request.body.length} bytes of body, handed on ${excerpt(got.body)}`);
  if (answers[0] && answers[0].seen !== id) say(`got the answer of "${answers[0].seen}"`);
  for (const one of differences(request.fields, got.fields, origin.writes)) say(one);
  return findings;
}

/** A request that was given up must not be taken for a whole one. */
function judgeBroken({ id, method, target }: Forwarded, seen: Observation): readonly string[] {
  const findings: string[] = [];
  if (seen.recorded.some((one) => one.id === id)) findings.push('was handed on as a whole');
  if (seen.logged.filter((line) => line.id === id).length > 1) findings.push('was parsed twice');
  if (seen.answers.some((answer) => answer.id === id && answer.seen)) findings.push('was answered');
  return findings.map((finding) => `${id} ${method} ${target}: given up, and yet it ${finding}`);
}

function judgeAnswers({
  answers,
  forwarded,
  broken,
  side,
  closed,
}: Observation): readonly string[] {
  const findings: string[] = [];
  // An origin may refuse a request before all of it has come.
  const isEarly = ({ id, status }: Answer): boolean =>
    status >= 400 && broken.some((request) => request.id === id);
  const relayed = answers.filter((one) => one.id && !isEarly(one)).map(({ id }) => id);
  const sent = forwarded.filter(({ id }) => id !== side?.id).map(({ id }) => id);
  if (relayed.join(' ') !== sent.join(' '))
    findings.push(`sent ${sent.join(' ')}, answered in the order ${relayed.join(' ')}`);
  const own = answers.filter(({ id }) => !id);
  for (const answer of own) {
    if (answer !== answers.at(-1) || !closed) findings.push('something follows a refusal');
    if (answer.status < 400) findings.push(`the proxy itself answered ${answer.status}`);
    if (values(answer.fields, 'connection')[0]?.toLowerCase() !== 'close')
      findings.push(`a refusal with ${answer.status} does not say that it closes`);
  }
  const target = forwarded.find(({ id }) => id === side?.id)?.target;
  if (side?.status !== 200 || side.seen !== side.id || target !== NEIGHBOUR)
    findings.push(`a request on another connection got ${describe(side)}`);
  return findings;
}

/** Names the fields that are not the same on both sides; framing and the connection are each one's own. */
function differences(sent: Fields, got: Fields, written: readonly string[]): readonly string[] {
  const [there, here] = [joined(sent), joined(got)];
  return [...new Set([...there.keys(), ...here.keys()])].flatMap((name) =>
    written.includes(name) || there.get(name) === here.get(name)
      ? []
      : [`field ${name}: ${excerpt(there.get(name))}, handed on ${excerpt(here.get(name))}`],
  );
}

const FRAMING = new Set(['connection', 'content-length', 'transfer-encoding']);

function joined(fields: Fields): ReadonlyMap<string, string> {
  const names = new Set(fields.map(([name]) => name.toLowerCase()));
  for (const name of FRAMING) names.delete(name);
  return new Map([...names].map((name) => [name, values(fields, name).join(', ').trim()]));
}

function excerpt(text: string | undefined): string {
  return text === undefined
    ? 'nothing'
    : `${text.length} bytes ${JSON.stringify(text.slice(0, 80))}`;
}

function describe(answer: Answer | undefined): string {
  return answer ? `${answer.status} of "${answer.seen}" for "${answer.id}"` : 'no answer';
}

/** Whether the first request that went out is the one that the input begins with. */
export function judgeFirst(bytes: string, seen: Observation): readonly string[] {
  const [request] = [...seen.forwarded, ...seen.broken].filter(({ id }) => id !== seen.side?.id);
  if (!request) return [];
  const line = /^(?:\r\n)?(\S+) (?:https?:\/\/[^/?]*)?(\S*) HTTP\/1\.[01]\r\n/i.exec(bytes);
  const [, method, target = ''] = line ?? [];
  const isSame = method === request.method && request.target === target.replace(/^(?![/*])/, '/');
  return isSame ? [] : [`read as ${request.method} ${request.target}`];
}

/** What an input is to come to. */
export interface Verdict {
  /** The requests that it holds, in their order. */
  readonly accepted: readonly Wanted[];
  /** The statuses with which the proxy may refuse what comes behind them. */
  readonly refused?: readonly number[];
  /** Whether the connection ends behind the last request, as it asked for. */
  readonly closes?: 'always' | 'perhaps';
}

/** A request as it must be forwarded. */
export interface Wanted {
  readonly method: string;
  readonly target: string;
  readonly body: string;
  /** Values of fields by name in small letters, several joined by `, `; nothing: must not be there. */
  readonly fields?: Readonly<Record<string, string | undefined>>;
}

/** Whether an input came to what it should. */
export function judgeVerdict(
  verdict: Verdict,
  seen: Observation,
  followed: boolean,
): readonly string[] {
  const { accepted, refused, closes } = verdict;
  const findings: string[] = [];
  const sent = seen.forwarded.filter(({ id }) => id !== seen.side?.id);
  const isFollowed = followed && !refused && closes !== 'always';
  const wanted = [...accepted.map(({ target }) => target), ...(isFollowed ? [FOLLOWER] : [])];
  const targets = sent.map(({ target }) => target);
  const lines = sent.map(({ method, target }) => `${method} ${target}`);
  const short = closes === 'perhaps' && targets.length === accepted.length;
  if (targets.join(' ') !== (short ? wanted.slice(0, -1) : wanted).join(' '))
    findings.push(`forwarded ${excerpt(lines.join(' '))}, wanted ${excerpt(wanted.join(' '))}`);
  const own = seen.answers.filter(({ id }) => !id).map(({ status }) => status);
  if (refused ? !own.every((status) => refused.includes(status)) : own.length > 0)
    findings.push(`refused with ${own.join(' ')}, wanted ${refused?.join(' or ') ?? 'no refusal'}`);
  if (refused && followed && own.length !== 1) findings.push('no refusal was sent');
  for (const [at, want] of accepted.entries()) {
    const request = sent[at];
    if (!request) continue;
    if (request.method !== want.method)
      findings.push(`method ${request.method}, wanted ${want.method}`);
    if (request.body !== want.body)
      findings.push(`body ${excerpt(request.body)}, wanted ${excerpt(want.body)}`);
    const fields = joined(request.fields);
    for (const [name, value] of Object.entries(want.fields ?? {}))
      if (fields.get(name) !== value)
        findings.push(`field ${name} ${excerpt(fields.get(name))}, wanted ${excerpt(value)}`);
  }
  return findings;
}
