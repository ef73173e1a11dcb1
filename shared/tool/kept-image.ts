/** An image that was kept sealed, opened to be compared with what the vendor holds. Pure. */
import type { Image } from '../image.ts';
import { placeholdersIn, replaced, type Placeholder } from '../placeholder.ts';
import { mapTexts } from './leaves.ts';
import type { Values } from './opened.ts';

/** The placeholders in an image. */
export function placeholdersInImage(image: Image): Placeholder[] {
  return [...new Set(placeholdersIn(JSON.stringify(image)))];
}

/** The image as it was, and the fields of which that is not known any more: nothing at the vendor equals those. */
export function openedImage(image: Image, values: Values): { image: Image; gone: string[] } {
  if (image === null) return { image, gone: [] };
  const gone = Object.keys(image).filter((field) =>
    placeholdersIn(JSON.stringify(image[field])).some((one) => !Object.hasOwn(values, one)),
  );
  const opened = mapTexts(image, {}, ({ text }) => replaced(text, (one) => values[one] ?? one));
  return { image: opened as Image, gone };
}
