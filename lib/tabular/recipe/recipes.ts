import { fast } from './fast';
import { realmlp } from './realmlp';
import type { Recipe } from './recipe';

/** Every recipe by its name. */
export const recipes = { default: realmlp, fast } as const satisfies Record<string, Recipe>;

export type RecipeName = keyof typeof recipes;

export const recipeNames: readonly RecipeName[] = Object.keys(recipes) as RecipeName[];
