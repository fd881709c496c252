const custom = Symbol.for('nodejs.util.inspect.custom');

/**
 * Says what `console.log` prints for the instances of a class, in Node.js and Bun. The method is not enumerable, and in no type.
 * In an object that is printed to a smaller depth, an instance is its class's name.
 */
export function printedAs<T extends object>(prototype: T, print: (instance: T) => string): void {
  function value(this: T, depth: number): string {
    const name = `[${prototype.constructor.name}]`;
    if (depth < 0) return name;
    try {
      return print(this);
    } catch {
      return name; // an object that only inherits from an instance
    }
  }
  Object.defineProperty(prototype, custom, { value, enumerable: false, configurable: true, writable: true });
}

/**
 * The accessors of a prototype, to be defined on its instances as enumerable properties: what compares objects looks at those alone, and
 * would take two networks for equal whatever their weights are.
 */
export function comparable(prototype: object, names: readonly string[]): PropertyDescriptorMap {
  return Object.fromEntries(names.map((name) => [name, { ...Object.getOwnPropertyDescriptor(prototype, name), enumerable: true }]));
}
