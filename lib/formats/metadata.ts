import { createHash } from 'node:crypto';
import { checkMetadata, type Metadata } from '../options/save';
import { badModel } from './state';

/*
 * The user's texts among those of a safetensors file's __metadata__: each under its key behind a prefix that no key of ours has, and a digest.
 */
const prefix = 'metadata.';
const digestKey = 'metadata_sha256';

/** The entries of __metadata__ for the user's texts: none, if there are none. */
export function metadataEntries(metadata: Metadata): Record<string, string> {
  const texts = Object.entries(metadata);
  if (texts.length === 0) return {};
  return { ...Object.fromEntries(texts.map(([key, text]) => [`${prefix}${key}`, text])), [digestKey]: digestOf(metadata) };
}

/** The user's texts in a file's __metadata__. A digest that is there has to be right. */
export function metadataFrom(entries: Record<string, unknown>, name: string): Metadata {
  const own = Object.entries(entries).filter(([key]) => key.startsWith(prefix));
  const metadata = readMetadata(Object.fromEntries(own.map(([key, text]) => [key.slice(prefix.length), text])), name);
  if (Object.hasOwn(entries, digestKey) && entries[digestKey] !== digestOf(metadata)) {
    throw badModel(name, `is damaged: the metadata in it do not match their ${digestKey}`);
  }
  return metadata;
}

/** Metadata from a file or document: held to the same rules as the user's. */
export function readMetadata(value: unknown, name: string): Metadata {
  try {
    return checkMetadata(value, 'metadata');
  } catch (error) {
    throw badModel(name, `has no valid metadata: ${(error as Error).message}`, error);
  }
}

/** Over the entries in the order of their keys, as JSON. */
function digestOf(metadata: Metadata): string {
  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}
