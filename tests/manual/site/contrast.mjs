// Runs in the page: descriptions of texts that stand out too little from what is behind them. WCAG 2.1, 1.4.3
// asks for a ratio of 4.5.

export function contrastFaults() {
  const channels = (color) => color.match(/[\d.]+/g).map(Number)

  function luminance(color) {
    const [red, green, blue] = channels(color).map((value) => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }

  // Layers that let something through are mixed with what is below them.
  function background(element) {
    const layers = []
    for (let at = element; at; at = at.parentElement) {
      const [red, green, blue, alpha = 1] = channels(getComputedStyle(at).backgroundColor)
      layers.push([red, green, blue, alpha])
      if (alpha === 1) break
    }
    let mixed = [255, 255, 255]
    for (const [red, green, blue, alpha] of layers.reverse()) {
      mixed = [red, green, blue].map((value, i) => value * alpha + mixed[i] * (1 - alpha))
    }
    return `rgb(${mixed.join(',')})`
  }

  const faults = []
  const selector = '.vp-doc :is(p, li, td, th, h1, h2, h3, a, code, code span), .VPSidebar :is(a, h2, p)'
  for (const element of document.querySelectorAll(selector)) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join('').trim()
    if (!text || !element.checkVisibility() || element.matches('.header-anchor')) continue
    const a = luminance(getComputedStyle(element).color)
    const b = luminance(background(element))
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (ratio < 4.5) faults.push(`"${text.slice(0, 20)}" has ${ratio.toFixed(1)}`)
  }
  return faults.slice(0, 5)
}
