package io.penstock.daemon.uplink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Bytes that hold frames one behind the other, or do not. */
class FrameSequenceTest {
    private static byte[] frame(long counter) {
        return FrameSeal.seal(FrameKey.parse("7 " + "c3".repeat(44)), counter, new byte[30]);
    }

    @Test
    void framesOneBehindTheOtherAreSplitAndRubbishBehindThemIsAPieceOfItsOwn() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(frame(1));
        all.writeBytes(frame(2));
        assertThat(FrameSequence.split(all.toByteArray(), 100)).containsExactly(frame(1), frame(2));
        byte[] cut = Arrays.copyOf(frame(3), 20);
        all.writeBytes(cut);
        assertThat(FrameSequence.split(all.toByteArray(), 100)).containsExactly(frame(1), frame(2), cut);
        assertThat(FrameSequence.split(all.toByteArray(), 2)).hasSize(2).startsWith(frame(1));
        assertThat(FrameSequence.split(new byte[0], 100)).containsExactly(new byte[0]);
        assertThat(FrameSequence.split(new byte[] {1, 2, 3}, 100)).containsExactly(new byte[] {1, 2, 3});
    }

    @Test
    void aBodyOfArraysWithinArraysNeitherOverflowsNorHangs() {
        byte[] deep = new byte[64 * 1024];
        Arrays.fill(deep, (byte) 0x81);
        assertThat(FrameSequence.split(deep, 100)).hasSize(1);
    }
}
