import type { NativeBinding } from '../native';
import { makeBinding } from './binding';
import { environment, module } from './module';

// In the place of lib/native.ts (scripts/wasm-stand-ins.mjs).

export const native: NativeBinding = makeBinding(module, environment);
