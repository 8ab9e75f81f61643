package io.penstock.models.onnx;

/** ONNX Runtime refused what it was given; the process goes on. */
public final class OnnxFailure extends Exception {
    private static final long serialVersionUID = 1L;

    public OnnxFailure(String message) {
        super(message);
    }

    OnnxFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
