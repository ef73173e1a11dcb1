/** What a post says. */
export const parts = ['title', 'content', 'excerpt'] as const;

export interface Texts {
  title?: string | undefined;
  content?: string | undefined;
  excerpt?: string | undefined;
}
