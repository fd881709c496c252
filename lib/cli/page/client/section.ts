import type { PageData } from '../data';

/** A part of the page; it is shown as soon as there is something to show. */
export interface Section {
  element: HTMLElement;
  isShown(data: PageData): boolean;
  update(data: PageData): void;
}
