import { describe, expect, it } from 'vitest';
import { bundlePage } from '../../../sandbox/page/bundle.ts';

describe('the bundled page', () => {
  it('refers only to files it brings, and lets nothing in from elsewhere', async () => {
    const { html, assets } = await bundlePage();
    const references = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
    expect(references.length).toBeGreaterThanOrEqual(3);
    for (const reference of references) expect(Object.keys(assets)).toContain(reference);
    expect(html).toContain("default-src 'self'");
    expect(html).not.toMatch(/unsafe-inline|unsafe-eval|<script>|style="|https?:\/\//);
  });

  it('keeps the display-only library out of what every visit loads', async () => {
    const { html, assets } = await bundlePage();
    const entry = assets[/src="([^"]+)"/.exec(html)?.[1] ?? '']!;
    const scripts = Object.values(assets).filter((asset) => asset.contentType.startsWith('text/javascript'));
    const total = scripts.reduce((sum, script) => sum + script.body.length, 0);
    expect(entry.body.length).toBeLessThan(400_000);
    expect(total).toBeGreaterThan(500_000);
  });

  it('loads no font or picture over the network', async () => {
    const { assets } = await bundlePage();
    const style = Object.entries(assets).find(([path]) => path.endsWith('.css'))?.[1];
    const css = Buffer.from(style!.body).toString();
    expect(css).toContain('--accent');
    expect(css).not.toMatch(/@font-face|url\((?!["']?data:)/);
  });
});
