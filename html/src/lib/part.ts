/*
 * Parts of the app that are fetched when they are needed.  Their names hold
 * their content: where another version has been installed since, the ones
 * that an open page knows are gone.
 */

import { setState } from "../store/store";

export async function part<T>(loading: Promise<T>): Promise<T> {
  try {
    return await loading;
  } catch (cause) {
    setState({ outdated: true });
    throw cause;
  }
}
