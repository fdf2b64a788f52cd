/*
 * Saves what an address gives as a file.
 */

export function download(url: string, name: string): void {
  const link = document.createElement("a");

  link.href = url;
  link.download = name;
  link.click();
}

export function downloadBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);

  download(url, name);
  /* the browser has taken hold of it once this task is over */
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
