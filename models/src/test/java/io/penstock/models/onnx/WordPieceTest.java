package io.penstock.models.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ids computed with the Python package tokenizers 0.23.3 on the same tokenizer.json. */
class WordPieceTest {
    private static WordPiece tokenizer;

    @BeforeAll
    static void read(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        try (InputStream in = WordPieceTest.class.getResourceAsStream("/bge-small-en-v1.5-q-tokenizer.json")) {
            Files.copy(java.util.Objects.requireNonNull(in), file);
        }
        tokenizer = WordPiece.read(file);
    }

    @Test
    void idsEqualTheReferenceOnPlainText() {
        ids(
                "The secondary bearing is showing high frictional heat",
                101,
                1996,
                3905,
                7682,
                2003,
                4760,
                2152,
                15012,
                2389,
                3684,
                102);
        ids("", 101, 102);
    }

    @Test
    void idsEqualTheReferenceOnTagsUnitsAndAccents() {
        ids(
                "TT-1042A 412.3 °C HH alarm!",
                101,
                23746,
                1011,
                9645,
                2475,
                2050,
                25873,
                1012,
                1017,
                6362,
                1044,
                2232,
                8598,
                999,
                102);
        ids(
                "Müller's Überdruck: 5 µm/s²",
                101,
                12304,
                1005,
                1055,
                19169,
                13626,
                12722,
                1024,
                1019,
                1085,
                2213,
                1013,
                1055,
                10701,
                102);
        ids("naïve café — “quoted”…", 101, 15743, 7668, 1517, 1523, 9339, 1524, 1529, 102);
        ids(
                "x<y & z>=3 `code` ~ ^ | $5 +1",
                101,
                1060,
                1026,
                1061,
                1004,
                1062,
                1028,
                1027,
                1017,
                1036,
                3642,
                1036,
                1066,
                1034,
                1064,
                1002,
                1019,
                1009,
                1015,
                102);
    }

    @Test
    void idsEqualTheReferenceOnOtherScripts() {
        ids("水力发电 turbine №2", 101, 1893, 1778, 100, 100, 14027, 1578, 2475, 102);
        ids("ﬁn ① Ⅷ ǅ İstanbul ẞ", 101, 1984, 2078, 100, 100, 100, 9960, 1096, 102);
        ids("😀 bearing😀", 101, 100, 100, 102);
        ids(
                "กรุงเทพ हिन्दी 한국어",
                101,
                1409,
                29953,
                29946,
                29959,
                29948,
                29950,
                1339,
                29877,
                29863,
                29861,
                29878,
                1469,
                30006,
                30021,
                29991,
                30014,
                30020,
                29999,
                30008,
                102);
    }

    @Test
    void controlCharactersVanishAndLongWordsAreUnknown() {
        ids("tab\tnew\nline\u200bzero\u0000nul", 101, 21628, 2047, 2240, 6290, 2239, 5313, 102);
        ids("a".repeat(101), 101, 100, 102);
    }

    @Test
    void aTextThatSpellsControlTokensStaysPlainText() {
        assertThat(tokenizer.ids("[MASK] [CLS] [SEP]", 512))
                .doesNotContain(103)
                .satisfies(ids -> assertThat(java.util.Arrays.stream(ids).filter(id -> id == 101))
                        .hasSize(1))
                .satisfies(ids -> assertThat(java.util.Arrays.stream(ids).filter(id -> id == 102))
                        .hasSize(1));
    }

    @Test
    void aLongTextIsCutAndStillEnded() {
        int[] ids = tokenizer.ids("frictional ".repeat(600), 512);
        assertThat(ids).hasSize(512).startsWith(101, 15012, 2389).endsWith(102);
    }

    private static void ids(String text, int... expected) {
        assertThat(tokenizer.ids(text, 512)).as(text).containsExactly(expected);
    }
}
