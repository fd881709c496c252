/** An expression that no layer stands for. */
export class NotLayered extends Error {
  /** The node that it is of, in messages, where that is not the one that is read. */
  readonly node: string | undefined;

  constructor(message: string, node?: string) {
    super(message);
    this.node = node;
  }
}
