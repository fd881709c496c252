import { fast } from './fast';
import { realmlp } from './realmlp';
import type { Recipe } from './recipe';

/** The name of a recipe. */
export type RecipeName = 'default' | 'fast';

/** Every recipe by its name. */
export const recipes: Readonly<Record<RecipeName, Recipe>> = { default: realmlp, fast };

export const recipeNames: readonly RecipeName[] = Object.keys(recipes) as RecipeName[];
