/** The identity of this thread among the others of its process, and which of those are alive. */
export interface ThreadIdentity {
  /** Threads can be compared only if this is the same. */
  list: string;
  /** No number is used twice. */
  number: number;
  /** Whether the thread of that number has not ended. */
  isAlive(number: number): boolean;
}

let identity: ThreadIdentity | undefined;

/** The addon knows it; WebAssembly, which is loaded into each thread by itself, does not. */
export function identifyThread(known: ThreadIdentity): void {
  identity = known;
}

/** This thread's identity, if it is known. */
export function threadIdentity(): ThreadIdentity | undefined {
  return identity;
}
