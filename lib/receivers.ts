import { ChainruleTypeError, describe } from './errors';

/** A class whose instances have private fields. */
interface Guarded {
  readonly name: string;
  readonly prototype: object;
}

/** How a class is guarded. */
interface Guard {
  /** Whether a value was made by the class's own constructor. */
  isOwn(value: unknown): boolean;
  /** Methods that check their receiver by themselves, as a small network is faster than the check here. */
  except?: readonly string[];
  /** Methods that return a promise without being `async`. */
  promising?: readonly string[];
}

/**
 * Makes all methods and accessors of a class refuse other receivers: a method taken off its object, a proxy, a made-up object. The error has
 * a code, and an asynchronous method rejects with it; the engine's own speaks of private members. An assignment to a property that has no
 * setter throws, too: JavaScript ignores it outside strict mode.
 */
export function guardReceivers(type: Guarded, { isOwn, except = [], promising = [] }: Guard): void {
  const check = (receiver: unknown, key: string): void => {
    if (!isOwn(receiver)) throw wrongReceiver(type.name, key, receiver);
  };
  for (const key of Object.getOwnPropertyNames(type.prototype)) {
    if (key === 'constructor' || except.includes(key)) continue;
    const { value: method, get, set, ...attributes } = Object.getOwnPropertyDescriptor(type.prototype, key) as PropertyDescriptor;
    if (typeof method === 'function') {
      const isAsync = promising.includes(key) || method instanceof AsyncFunction;
      Object.defineProperty(type.prototype, key, {
        ...attributes,
        value: isAsync ? asynchronous(method, key, check) : synchronous(method, key, check),
      });
    } else if (get !== undefined) {
      const refuse = (): never => {
        throw new ChainruleTypeError('ERR_CHAINRULE_TYPE', `${key} of a ${type.name} cannot be assigned`);
      };
      const { enumerable = false, configurable = false } = attributes;
      Object.defineProperty(type.prototype, key, {
        enumerable,
        configurable,
        get: synchronous(get, `get ${key}`, check),
        set: set === undefined ? refuse : synchronous(set, `set ${key}`, check),
      });
    }
  }
}

type Method = (...values: unknown[]) => unknown;
type Check = (receiver: unknown, key: string) => void;

const AsyncFunction = (async () => {}).constructor as FunctionConstructor;

function synchronous(method: Method, key: string, check: Check): Method {
  return named(method, function (this: unknown, ...values) {
    check(this, key);
    return Reflect.apply(method, this, values);
  });
}

function asynchronous(method: Method, key: string, check: Check): Method {
  return named(method, async function (this: unknown, ...values) {
    check(this, key);
    return Reflect.apply(method, this, values);
  });
}

/** `wrapper` with the name and length of `method`. */
function named(method: Method, wrapper: Method): Method {
  for (const key of ['name', 'length'] as const) Object.defineProperty(wrapper, key, { value: method[key], configurable: true });
  return wrapper;
}

/** A method was called on something else than an object of its class. */
export function wrongReceiver(type: string, key: string, receiver: unknown): ChainruleTypeError {
  return new ChainruleTypeError(
    'ERR_CHAINRULE_TYPE',
    `${key} must be called on a ${type}, got ${describe(receiver)}: call it as a method, on the object itself and not on a proxy of it`,
  );
}

/** Known to this package alone: it makes the objects whose classes are not exported. */
export const madeHere: unique symbol = Symbol('chainrule');

/** For the constructors of such classes, which can be reached through `.constructor`. */
export function checkMadeHere(key: unknown, type: string, by: string): void {
  if (key !== madeHere) throw new ChainruleTypeError('ERR_CHAINRULE_TYPE', `a ${type} cannot be constructed: ${by} makes it`);
}
