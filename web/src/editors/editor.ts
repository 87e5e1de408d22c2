/** What every label type brings: how its answer begins, is checked, saved and drawn. */

import type { ComponentType } from "react";
import type { TaskResponse } from "../shared/api";
import type { Attachment, Media } from "../shared/media";
import type { Frame } from "../shared/TaskLayout";

export interface ViewProps<P, V> {
  params: P;
  media: Media;
  value: V;
  /** Make one undoable step; steps of one group close together count as one. */
  act: (value: V, group?: string) => void;
  /** Tell the annotator something in the status line. */
  say: (message: string) => void;
  submit: () => void;
  frame: Frame;
}

export interface LabelEditor<P, V> {
  blank: (params: P) => V;
  /** The value for a response that was saved before, as far as it still fits. */
  restore: (params: P, response: unknown) => V;
  response: (params: P, value: V) => TaskResponse;
  /** The value with what is half drawn brought to its end, or null when nothing is. */
  completed?: (params: P, value: V) => V | null;
  /** Why this cannot be submitted yet, or null. */
  problem: (params: P, value: V) => string | null;
  /** How much work is in the value: with none it is asked whether that is right. */
  size: (value: V) => number;
  attachments: (params: P) => Attachment[];
  /** The text that is worked on, where it is no attachment. */
  text?: (params: P) => string;
  /** A response in words, a line for each thing that it says. */
  words: (params: P, response: unknown) => string[];
  View: ComponentType<ViewProps<P, V>>;
}

// The registry holds editors of many types; each gets back only values that it made itself.
export type AnyEditor = LabelEditor<any, any>;
