// The anchor of a heading as code hosts make it, so that a link to `page.md#anchor` leads to the same
// place on the site and in the repository.
export function slugify(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '')
    .replace(/ /g, '-')
}
