import { defineConfig } from 'vitepress'
import { benchPictures } from './pictures.mts'
import { slugify } from './slugify.mts'
import { sidebar } from './sidebar.mts'

export default defineConfig({
  title: 'Moontide',
  description: 'Network support for Lua: sockets, TLS, HTTP, mail, FTP and tasks',
  lang: 'en',
  head: [['link', { rel: 'icon', href: '/icon.svg' }]],
  outDir: '../build/docs',
  cacheDir: '../build/docs-cache',
  // What is built must not change with the day it is built on, and must ask no other host for anything.
  lastUpdated: false,
  ignoreDeadLinks: false,
  markdown: {
    anchor: { slugify },
    toc: { slugify },
    headers: { slugify },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  vite: { plugins: [benchPictures] },
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/guide/first-steps', activeMatch: '^/guide/' },
      { text: 'Reference', link: '/reference/socket', activeMatch: '^/reference/' },
      { text: 'Coming from', link: '/coming-from/luasocket', activeMatch: '^/coming-from/' },
    ],
    sidebar: sidebar(),
    outline: { level: [2, 3] },
    search: { provider: 'local' },
  },
})
