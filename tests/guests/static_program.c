// Not a guest: linked statically, so that no library can be loaded into it.
#include <unistd.h>

int main(void)
{
    sleep(30);
    return 0;
}
