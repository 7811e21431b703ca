// Half-closing a socket, which no code of the product does.

import Glibc

func shutdownWriting(_ socket: Int32) -> Int32 { shutdown(socket, Int32(SHUT_WR)) }
