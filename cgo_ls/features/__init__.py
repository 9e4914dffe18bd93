"""An ideal editor's questions, answered with plain values on byte offsets."""
