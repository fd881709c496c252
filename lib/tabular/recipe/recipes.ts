import { defaultRecipe } from './default';
import { fast } from './fast';
import type { Recipe } from './recipe';

/** The name of a recipe. */
export type RecipeName = 'default' | 'fast';

/** Every recipe by its name. */
export const recipes: Readonly<Record<RecipeName, Recipe>> = { default: defaultRecipe, fast };

export const recipeNames: readonly RecipeName[] = Object.keys(recipes) as RecipeName[];
