import { planWith } from './plan';
import type { Recipe } from './recipe';

/** Four networks of twice the width in one. */
export const defaultRecipe: Recipe = (input) => planWith({ members: 4, width: 128, fewestEpochs: 24, steps: 3200 }, input);
