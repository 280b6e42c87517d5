using Interpose.Images;
using Interpose.Tests.Unit.Images;

namespace Interpose.Tests.Unit.Native;

/// <summary>Holds the checksums of Interpose.Images to those of the shim's writer.</summary>
public class ChecksumTests
{
    private const string Program =
        """
        #include <stdio.h>
        #include "shim.h"
        int main(void) {
          static uint8_t data[100000];
          size_t length = fread(data, 1, sizeof data, stdin), whole = length / 32 * 32;
          struct ip_crc_lanes lanes;
          ip_crc_lanes_init(&lanes);
          ip_crc_lanes_add(&lanes, data, whole);
          printf("%u %u\n", ip_crc32c(data, length), ip_crc_lanes_finish(&lanes, data + whole, length - whole));
          return 0;
        }
        """;

    [Fact]
    public void Native_and_managed_checksums_agree()
    {
        string shim = Path.Combine(Repository.Root, "native-shim", "shim");
        using var directory = new TestDirectory();
        File.WriteAllText(directory["t.c"], Program);
        CCompiler.Run(
            "cc", "-std=gnu11", "-msse4.2", "-I", Repository.NativeInclude, "-I", shim, "-o", directory["t"],
            directory["t.c"], Path.Combine(shim, "crc32c.c"));
        foreach (int length in new[] { 0, 1, 31, 32, 33, 4096, 65_521 })
        {
            byte[] data = ImageBuilder.Pattern(length, length);
            directory.Write("data", data);
            string output = CCompiler.Run("sh", "-c", $"{directory["t"]} < {directory["data"]}");
            Assert.Equal($"{Crc32C.Compute(data)} {Crc32C.ComputeInterleaved(data)}", output.Trim());
        }
    }
}
