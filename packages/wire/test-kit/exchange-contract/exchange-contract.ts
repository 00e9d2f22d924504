/** What an exchange owes its handler and its client, whatever HTTP it speaks: one suite for all. */
import { describe } from 'vitest';
import { bodies, bodyLimits } from './bodies.ts';
import { brokenAnswers, clientsThatLeave, closing, listenersThatThrow } from './endings.ts';
import { failingHandlers, misuse } from './mistakes.ts';
import { bodilessAnswers, streamedAnswers } from './streamed-answers.ts';
import type { ContractSubject } from './subject.ts';
import { wholeAnswers } from './whole-answers.ts';

/** Examines one kind of exchange. */
export function exchangeContract(subject: ContractSubject): void {
  const { start } = subject;
  describe(subject.name, () => {
    wholeAnswers(subject);
    streamedAnswers(start);
    bodilessAnswers(start);
    bodies(start);
    bodyLimits(start);
    clientsThatLeave(start);
    listenersThatThrow(start);
    brokenAnswers(start);
    failingHandlers(start);
    misuse(start);
    closing(start);
  });
}
