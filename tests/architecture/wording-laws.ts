/** What no file of the repository may say. */
import type { SourceFile } from './source-file.ts';

/** Written so that none of them finds itself. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/(?:^|[^\w.-])\/(?:work|farm)\//, 'a path of one machine'],
  [/(?:^|[^\w.-])\/(?:home|Users)\/\w+\//, 'a path of one machine'],
  [/\b[A-Z]:\\{1,2}(?:Users|Program Files|Windows|Temp|src)\b/i, 'a path of one machine'],
  [/registry\.[a-z]+\.(?:org|com|io|net)/, 'the address of a package registry'],
  [/"resolved": "https?:/, 'the address of a package registry'],
  [/\b(?:TO[D]O|FIX[M]E|X[X]X)\b/, 'something left undone'],
  [/^[ \t]*(?:\/\/|\/\*|\*|#)[ \t]*([-=*#~])\1{4,}/, 'a banner'],
];

/** Names each line of the files that says what it must not. */
export function saysNothingForbidden(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        FORBIDDEN.filter(([pattern]) => pattern.test(line)).map(
          ([, what]) => `${path}:${index + 1}: ${what}`,
        ),
      ),
  );
}
