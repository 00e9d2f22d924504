/** The parameters of a path's pattern, as types: `/users/:id` and `/users/{id}` have an `id`. */

/** The names that a pattern catches, with their texts. */
export type PathParams<Path extends string> = string extends Path
  ? Readonly<Record<string, string>>
  : { readonly [Name in NamesIn<Path>]: string };

type NamesIn<Path extends string> = Path extends `${infer Segment}/${infer Rest}`
  ? NameOf<Segment> | NamesIn<Rest>
  : NameOf<Path>;

type NameOf<Segment extends string> = Segment extends `:${infer Name}`
  ? Name
  : Segment extends `{${infer Name}}`
    ? Name
    : Segment extends '*'
      ? '*'
      : never;
