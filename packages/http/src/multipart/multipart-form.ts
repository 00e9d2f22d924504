/** multipartForm: all of a form that is in memory already, as the web has it. */
import { multipartParts } from './multipart.ts';

/** Each part takes more than its bytes. */
const MOST_PARTS = 1000;

/**
 * The fields and files of a form. File names are those that the client has sent.
 *
 * @throws HttpError 400 if it is malformed, 413 if it has more than 1000 parts
 */
export async function multipartForm(bytes: Uint8Array, contentType: string): Promise<FormData> {
  const most = bytes.length;
  const parts = multipartParts(
    { body: only(bytes), contentType, maxBytes: most },
    { maxParts: MOST_PARTS, maxFieldBytes: most },
  );
  const form = new FormData();
  for await (const part of parts) {
    const { name, rawFilename, type } = part;
    if (rawFilename === undefined) form.append(name, await part.text());
    else {
      const content = (await part.bytes()) as Uint8Array<ArrayBuffer>;
      form.append(name, new File([content], rawFilename, { type }));
    }
  }
  return form;
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
